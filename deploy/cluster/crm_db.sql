-- Один раз, на ведущем, суперпользователем: роль сервиса и его база данных.
-- Затем в psql: \password crm_user
CREATE ROLE crm_user LOGIN;
CREATE DATABASE crm_db OWNER crm_user;
